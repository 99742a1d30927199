# Meta Ads insights rows (Marketing API v21.0 to v23.0), by campaign or below, best with time_increment=1. The platform is Facebook, Instagram and so on where the
# row is broken down by publisher_platform, else meta.

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

def of($types): . as $list | first($types[] as $t | $list[]? | select(.action_type == $t) | .value) // null;

def breakdowns: [.age, .gender, .country, .region, .dma, .platform_position, .device_platform, .impression_device, .product_id, .place_page_id,
  .frequency_value, .user_segment_key, .hourly_stats_aggregated_by_advertiser_time_zone, .hourly_stats_aggregated_by_audience_time_zone,
  .image_asset.id, .video_asset.id, .title_asset.id, .body_asset.id, .description_asset.id, .link_url_asset.id, .call_to_action_asset.id] | map(values);
# Most rows are not broken down, which is seen without making a list.
def divided: .age or .gender or .country or .region or .dma or .platform_position or .device_platform or .impression_device or .product_id or
  .place_page_id or .frequency_value or .user_segment_key or .hourly_stats_aggregated_by_advertiser_time_zone or
  .hourly_stats_aggregated_by_audience_time_zone or .image_asset.id or .video_asset.id or .title_asset.id or .body_asset.id or
  .description_asset.id or .link_url_asset.id or .call_to_action_asset.id;

(if divided then breakdowns else null end) as $by
| { exported_at, day: .date_start, last_day: .date_stop, currency: .account_currency, spend, impressions, clicks, campaign: .campaign_name,
  platform: (if .publisher_platform == "unknown" then null else .publisher_platform end), by: (if .publisher_platform == null then $by else [.publisher_platform] + $by end),
  unit: (.ad_id // .adset_id // .campaign_id // .account_id), whole: (.ad_id == null and .adset_id == null and $by == null),
  conversions: (.actions | of(["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"])),
  conversions_value: (.action_values | of(["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"])) }
| row("meta")
