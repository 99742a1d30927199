# TikTok Ads rows of the integrated report (Business API v1.3, dimensions stat_time_day and an id), by campaign or below.

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

[.dimensions | to_entries[] | select({stat_time_day: 1, ad_id: 1, adgroup_id: 1, campaign_id: 1, advertiser_id: 1}[.key] == null) | .value] as $by
| { exported_at, day: .dimensions.stat_time_day, currency: (.metrics.currency // .currency), spend: .metrics.spend, impressions: .metrics.impressions, clicks: .metrics.clicks,
  campaign: (.metrics.campaign_name // .dimensions.campaign_id), unit: (.dimensions.ad_id // .dimensions.adgroup_id // .dimensions.campaign_id // .dimensions.advertiser_id), $by,
  whole: (.dimensions.ad_id == null and .dimensions.adgroup_id == null and ($by | length) == 0), conversions: .metrics.conversion, conversions_value: .metrics.total_purchase_value }
| row("tiktok")
