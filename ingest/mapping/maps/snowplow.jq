# Snowplow enriched events as JSON (Analytics SDK): visits, and the transactions and refunds of the e-commerce plugin or of the older tr_ fields.
# revenue and tr_total are the whole that the customer paid (Snowplow's example: 230 with tax 20, shipping 10 and a product of 200); without tax and shipping,
# and with the discount added, that is gross. Trackers compute in floating point; amounts are rounded to four places.

def amount: if . == null then null else dround(4) end;
def gross($paid; $tax; $shipping; $discount): dadd(dsub(dsub($paid; $tax // 0); $shipping // 0); $discount // 0) | dround(4);

.event_id as $id | ((.derived_tstamp // .collector_tstamp) | utc) as $time | .domain_userid as $visitor | .user_id as $customer
| { utm_source: .mkt_source, utm_medium: .mkt_medium, utm_campaign: .mkt_campaign, market: .geo_country, region: .geo_region_name } as $from
| .unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type as $action
| if .event == "page_view" then
    if .refr_medium == "internal" and .mkt_source == null then left_out("a page within a visit")
    else { $id, type: "web.visit", $time, visitor: ($visitor // .network_userid), $customer, landing_url: .page_url, referrer: .page_referrer, click_id: .mkt_clickid } + $from end
  elif $action == "transaction" then
    .contexts_com_snowplowanalytics_snowplow_ecommerce_product_1 as $products
    | .contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1[0]
    | .transaction_id as $order | .currency as $currency
    | ({ $id, type: "sale.order", $time, order_id: $order, $currency, gross: gross(.revenue; .tax; .shipping; .discount_amount), discount: (.discount_amount | amount),
        tax: (.tax | amount), shipping: (.shipping | amount), coupon: .discount_code, $customer, $visitor, channel: "web" } + $from),
      foreach $products[]? as $p (0; . + 1; . as $n | $p | { id: "\($id)-\($n)", type: "sale.line", $time, order_id: $order, line_id: $n, sku: .id,
        quantity: (.quantity // 1), gross: (dmul(.price; .quantity // 1) | dround(4)), $currency })
  elif $action == "refund" then
    .contexts_com_snowplowanalytics_snowplow_ecommerce_refund_1[0]
    | { $id, type: "sale.adjustment", $time, order_id: .transaction_id, adjustment_id: $id, kind: "refund", amount: (.refund_amount | amount), currency }
  elif .event == "transaction" then
    { $id, type: "sale.order", $time, order_id: .tr_orderid, currency: .tr_currency, gross: gross(.tr_total; .tr_tax; .tr_shipping; 0),
      tax: (.tr_tax | amount), shipping: (.tr_shipping | amount), $customer, $visitor, channel: "web" } + $from
  elif .event == "transaction_item" then
    { $id, type: "sale.line", $time, order_id: .ti_orderid, line_id: .ti_sku, sku: .ti_sku, quantity: .ti_quantity, gross: (dmul(.ti_price; .ti_quantity) | dround(4)), currency: (.ti_currency // .tr_currency) }
  else left_out("no page view, transaction or refund") end
