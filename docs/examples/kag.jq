# kag.jq: one ad of the export. It has no days; the campaigns ran in August 2017. Impressions are counted from 0.
"kag-\(.xyz_campaign_id)" as $program | (.Spent | dround(4)) as $spent | .Impressions as $impressions
| { program: $program, platform: "facebook", time: "2017-08-01T00:00:00Z" } as $ad
| $ad + { id: "cost-\(.ad_id)", type: "cost.entry", entry_id: .ad_id, category: "media", amount: $spent, currency: "USD",
    starts_on: "2017-08-01", ends_before: "2017-09-01", campaign: .ad_id },
  $ad + { id: "claim-\(.ad_id)", type: "platform.claim", conversions: .Approved_Conversion, spend: $spent, currency: "USD",
    starts_on: "2017-08-01", ends_before: "2017-09-01", campaign: .ad_id },
  ($ad + { type: "social.counter", metric: "impressions", content_id: .ad_id }
    | . + { id: "start-\(.content_id)", time: "2017-07-31T00:00:00Z", value: 0 }, . + { id: "seen-\(.content_id)", value: $impressions })
