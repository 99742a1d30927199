# Shopify orders/create and orders/updated (Admin REST webhooks, API version 2025-04): the order and its lines, once it is paid at least in part: only what
# is pending or authorized can become voided. Amounts are in the shop's currency. With taxes_included a line's gross, and the shipping, is its price less the tax in
# it. Refunds come by shopify-refunds, which belongs beside this map.

def line_tax($included): if $included then [.tax_lines[]?.price] | dsum else 0 end;
def line_discount: [.discount_allocations[]?.amount] | dsum;
def channel: {"web": "web", "pos": "store", "shopify_draft_order": "phone", "iphone": "store", "android": "store"}[.] // .;

(.id | tostring) as $order
| (.processed_at // .created_at) as $time
| .updated_at as $revision
| .currency as $currency
| (.taxes_included == true) as $included
| ([.shipping_lines[]?.tax_lines[]?.price] | dsum) as $shipping_tax
| [.line_items[] | {
    line_id: .id, sku: (if (.sku // "") != "" then .sku else (.variant_id // .product_id // .id | tostring) end), quantity,
    gross: dsub(dmul(.price; .quantity); line_tax($included)), discount: line_discount
  }] as $lines
| ([$lines[].gross] | dsum) as $gross
| ([$lines[].discount] | dsum) as $discount
| if .test == true then left_out("test order")
  elif .financial_status == "voided" then left_out("voided order")
  elif .financial_status == "pending" or .financial_status == "authorized" then left_out("not paid yet")
  else
    { id: "order-\($order)@\($revision)", type: "sale.order", time: $time, revision: $revision,
      order_id: $order, gross: $gross, currency: $currency, discount: $discount,
      tax: .total_tax, shipping: (.total_shipping_price_set.shop_money.amount | if . and $included then dsub(.; $shipping_tax) else . end),
      customer: .customer.id, email: (.email // .contact_email),
      market: (.shipping_address.country_code // .billing_address.country_code),
      region: (.shipping_address.province // .billing_address.province),
      channel: (.source_name | if . then channel else null end), venue: (if .location_id then "location-\(.location_id)" else null end),
      coupon: .discount_codes[0].code, landing_url: .landing_site, referrer: .referring_site,
      click_id: (.landing_site | url_param("fbclid") // url_param("gclid") // url_param("ttclid") // url_param("li_fat_id")),
      ledger_ref: .name },
    ($lines[] | { id: "line-\($order)-\(.line_id)@\($revision)", type: "sale.line", time: $time, revision: $revision,
      order_id: $order, line_id, sku, quantity, gross, discount, currency: $currency })
  end
