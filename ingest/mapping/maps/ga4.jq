# GA4 export of BigQuery, one row of events_YYYYMMDD as JSON: sessions as visits, purchase, refund.
# purchase_revenue is after discounts, without tax and shipping, as Google's reference asks for; what the discounts were the export does not say. GA4 holds
# amounts in floating point; they are rounded to four places.

def param($name): first(.event_params[]? | select(.key == $name) | .value | .string_value // .int_value // .double_value // .float_value) // null;
def amount: if . == null then null else dround(4) end;

(.event_timestamp | from_micros) as $time
| ("\(.user_pseudo_id)|\(.event_timestamp)|\(.event_name)|\(.event_bundle_sequence_id)|\(.batch_event_index)" | text_hash) as $id
| .user_pseudo_id as $visitor | .user_id as $customer | .collected_traffic_source as $from
| { utm_source: $from.manual_source, utm_medium: $from.manual_medium, utm_campaign: $from.manual_campaign_name, click_id: $from.gclid, region: .geo.region } as $came
| if .event_name == "session_start" then
    { $id, type: "web.visit", $time, $visitor, $customer, landing_url: param("page_location"), referrer: param("page_referrer") } + $came
  elif .event_name == "purchase" or .event_name == "refund" then
    .ecommerce.transaction_id as $order | (param("currency") // .ecommerce.currency?) as $currency
    | if $order == null or $order == "" or $order == "(not set)" then left_out("a purchase or refund without a transaction_id")
      elif .event_name == "refund" then
        { $id, type: "sale.adjustment", $time, order_id: $order, adjustment_id: $id, kind: "refund", amount: (.ecommerce.refund_value | amount), $currency }
      else
        ({ $id, type: "sale.order", $time, order_id: $order, gross: (.ecommerce.purchase_revenue | amount), $currency, tax: (.ecommerce.tax_value | amount),
          shipping: (.ecommerce.shipping_value | amount), $customer, $visitor, coupon: param("coupon"), channel: "web" } + $came),
        foreach .items[]? as $i (0; . + 1; . as $n | $i | if .price == null then left_out("an item without a price") else { id: "\($id)-\($n)", type: "sale.line", $time, order_id: $order, line_id: $n, sku: .item_id,
          quantity: (.quantity // 1), gross: (dmul(.price; .quantity // 1) | dround(4)), $currency } end)
      end
  else left_out("no session start, purchase or refund") end
