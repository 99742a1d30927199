# Google Ads rows of searchStream (API v17 to v21) with segments.date, by campaign or below. Micros become decimals.

# One row becomes a cost over its days and, where it is a whole campaign's, a claim; a row of one day also counters that start the day at 0: what they
# rise by is the day's figure. What the row is broken down by is part of its key. exported_at, added by the exporter, orders rows that are sent again;
# without it a changed row is a conflict.
def amount: if . == null or . == "" or . == "-" then null else dround(4) end;
def row($vendor):
  .exported_at as $revision | .campaign as $campaign | (.platform // $vendor) as $platform | (.spend | amount) as $spend
  | (.day | day) as $on | (.last_day // .day | day) as $last | ($last | day_after) as $after
  | "\(.unit)-\($on)\(if $last == $on then "" else "-\($last)" end)\(if .by == null then "" else .by | map("-\(.)") | join("") end)" as $key
  | { id: "cost-\($key)@\($revision // $on)", type: "cost.entry", time: "\($on)T12:00:00Z", $revision, entry_id: "\($vendor)-\($key)", amount: $spend, currency,
      starts_on: $on, ends_before: $after, category: "media", $platform, campaign },
    (if .whole then { id: "claim-\($key)@\($revision // $on)", type: "platform.claim", time: "\($on)T12:00:00Z", $revision, $platform, campaign,
        starts_on: $on, ends_before: $after, conversions: (.conversions | amount), conversions_value: (.conversions_value | amount), $spend, currency }
     else left_out("no claim: the row is one of several of its campaign") end),
    (if $last != $on then left_out("no counters: the row is about several days") else
      (["impressions", .impressions], ["clicks", .clicks] | select(.[1] != null) | .[0] as $metric | .[1] as $value
      | { id: "\($metric)-\($key)-start", type: "social.counter", time: "\($on | day_before)T12:00:00Z", $platform, $metric, value: 0, campaign: $campaign, content_id: "ad/\($key)" },
        { id: "\($metric)-\($key)@\($revision // $on)", type: "social.counter", time: "\($on)T12:00:00Z", $revision, $platform, $metric, $value, campaign: $campaign, content_id: "ad/\($key)" }) end);

[(.segments | to_entries[] | select({date: 1, dayOfWeek: 1, week: 1, month: 1, quarter: 1, year: 1}[.key] == null) | .value),
  (.adGroupCriterion.criterionId, .assetGroup.id | values)] as $by
| { exported_at, day: .segments.date, currency: .customer.currencyCode, spend: (.metrics.costMicros | dshift(-6)), impressions: .metrics.impressions, clicks: .metrics.clicks,
  campaign: .campaign.name, unit: (.adGroupAd.ad.id // .adGroup.id // .campaign.id // .customer.id), $by,
  whole: (.adGroup == null and .adGroupAd == null and ($by | length) == 0), conversions: .metrics.conversions, conversions_value: .metrics.conversionsValue }
| row("google")
