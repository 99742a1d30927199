# Shopify orders/create and orders/updated (Admin REST webhooks, API version 2025-04): the order, its lines, and what a void takes back.
# Amounts are in the shop's currency. With taxes_included a line's gross, and the shipping, is its price less the tax in it. What a void takes back is what the order's
# refunds have not: those come by shopify-refunds, which belongs beside this map.

def line_tax($included): if $included then [.tax_lines[]?.price] | dsum else 0 end;
def line_discount: [.discount_allocations[]?.amount] | dsum;
def total(f): [f] | dsum;
# As in shopify-refunds: the money given back less tax and shipping, or the value of the lines where no money moved.
def refunded: [.transactions[]? | select(.kind == "refund" and (.status == "success" or .status == "pending")) | .amount] as $given
  | if ($given | length) == 0 then total(.refund_line_items[]?.subtotal)
    else dadd(dsub($given | dsum; total(.refund_line_items[]?.total_tax // 0)); total(.order_adjustments[]? | select(.kind == "shipping_refund") | .amount, (.tax_amount // 0))) end;
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
  else
    # What is voided may never have come before: it comes with its cancel, so that both together are nothing.
    (if .financial_status == "voided" then
      left_out("voided order"),
      { id: "void-\($order)@\($revision)", type: "sale.adjustment", time: (.cancelled_at // $revision), revision: $revision,
        order_id: $order, adjustment_id: "void-\($order)", kind: "cancel", amount: dsub(dsub($gross; $discount); total(.refunds[]? | refunded)), currency: $currency }
    else empty end),
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
