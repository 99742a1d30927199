# Google Ads rows of searchStream (API v17 to v21) with segments.date, by campaign or below. Micros become decimals, rounded to four places.

# One row of one day becomes a cost, a claim where the row is a whole campaign's, and counters that start the day at 0: what they rise by is the
# day's figure. exported_at, added by the exporter, orders rows that are sent again; without it a changed row is a conflict.
def row($platform):
  .exported_at as $revision | .campaign as $campaign | (.day | day) as $on | ($on | day_after) as $after | "\(.unit)-\($on)" as $key
  | { id: "cost-\($key)@\($revision // $on)", type: "cost.entry", time: "\($on)T12:00:00Z", $revision, entry_id: "\($platform)-\($key)", amount: .spend, currency,
      starts_on: $on, ends_before: $after, category: "media", $platform, campaign },
    (if .whole then { id: "claim-\($key)@\($revision // $on)", type: "platform.claim", time: "\($on)T12:00:00Z", $revision, $platform, campaign,
        starts_on: $on, ends_before: $after, conversions, conversions_value, spend, currency }
     else left_out("no claim: the row is one of several of its campaign") end),
    (["impressions", .impressions], ["clicks", .clicks] | select(.[1] != null) | .[0] as $metric | .[1] as $value
      | { id: "\($metric)-\($key)-start", type: "social.counter", time: "\($on | day_before)T12:00:00Z", $platform, $metric, value: 0, campaign: $campaign, content_id: "ad/\($key)" },
        { id: "\($metric)-\($key)@\($revision // $on)", type: "social.counter", time: "\($on)T12:00:00Z", $revision, $platform, $metric, $value, campaign: $campaign, content_id: "ad/\($key)" });

{ exported_at, day: .segments.date, currency: .customer.currencyCode, spend: (.metrics.costMicros | dshift(-6) | dround(4)), impressions: .metrics.impressions, clicks: .metrics.clicks,
  campaign: .campaign.name, unit: (.adGroupAd.ad.id // .adGroup.id // .campaign.id), whole: (.adGroup == null and .adGroupAd == null),
  conversions: (.metrics.conversions | if . == null then null else dround(4) end), conversions_value: (.metrics.conversionsValue | if . == null then null else dround(4) end) }
| row("google")
