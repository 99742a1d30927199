# ads-manager.jq: a row of a CSV file of Meta's Ads Manager, by campaign. Broken down by day it has a Day, else it is about all days of the report.
(.Day // ."Reporting starts") as $on | (.Day // ."Reporting ends") as $last | "\(."Campaign name")-\($on)-\($last)" as $key | .Impressions as $seen
| { platform: "meta", campaign: ."Campaign name", time: "\($on)T12:00:00Z" } as $row
| if $row.campaign == null then left_out("the sum of the other rows") else
    $row + { id: "cost-\($key)", type: "cost.entry", entry_id: $key, category: "media", amount: ."Amount spent (USD)", currency: "USD",
      starts_on: $on, ends_before: ($last | day_after) },
    ($row + { type: "social.counter", metric: "impressions", content_id: "ad/\($key)" } | select($on == $last)
      | . + { id: "start-\($key)", time: "\($on | day_before)T12:00:00Z", value: 0 }, . + { id: "seen-\($key)", value: $seen })
  end
