# Shopify orders/create and orders/updated (Admin REST webhooks, API version 2025-04): the order and its lines, once it is paid at least in part: only what
# is pending or authorized can become voided or expire. Amounts are in the shop's currency. With taxes_included a line's gross, and the shipping, is its price less the
# tax in it. Tips are no goods. Refunds come by shopify-refunds, which belongs beside this map; lines that were taken off without giving money back, most often before
# the order was paid, are not in the order.

def line_tax($included): if $included then [.tax_lines[]?.price] | dsum else 0 end;
def line_discount: [.discount_allocations[]?.amount] | dsum;
def refunded: .transactions[]? | select(.kind == "refund" and (.status == "success" or .status == "pending"));
# The refund lines that took something off without money; none where that money came later, without lines. Goods that came back and were not paid for, which
# Shopify notes as a discrepancy, are sold.
def taken_off:
  [.refunds[] | select(([refunded] | length) == 0 and (any(.order_adjustments[]?; .kind == "refund_discrepancy") | not)) | .refund_line_items[]?] as $lines
  | ([.refunds[] | select((.refund_line_items | length) == 0) | refunded | .amount] | dsum) as $later
  | if dcmp($later; [$lines[].subtotal] | dsum) < 0 then $lines else null end;
# What is left of a line: its quantity, gross and discount without what was taken off. Price and value of a line taken off hold the tax where prices do.
def left($off; $included):
  .id as $id
  | [$off[] | select(.line_item_id == $id)] as $mine
  | ([$mine[].quantity] | dsum) as $gone
  | { quantity: dsub(.quantity; $gone),
      gross: dsub(dmul(.price; dsub(.quantity; $gone)); if $included then dsub(line_tax(true); [$mine[].total_tax] | dsum) else 0 end),
      discount: dsub(line_discount; dsub(dmul(.price; $gone); [$mine[].subtotal] | dsum)) };
def whole($included): {
    line_id: .id, sku: (if (.sku // "") != "" then .sku else (.variant_id // .product_id // .id | tostring) end), quantity,
    gross: dsub(dmul(.price; .quantity); line_tax($included)), discount: line_discount
  };
def channel: {"web": "web", "pos": "store", "shopify_draft_order": "phone", "iphone": "store", "android": "store"}[.] // .;

(.id | tostring) as $order
| (.processed_at // .created_at) as $time
| .updated_at as $revision
| .currency as $currency
| (.taxes_included == true) as $included
| ([.shipping_lines[]?.tax_lines[]?.price] | dsum) as $shipping_tax
| (if (.refunds | length) == 0 then null else taken_off end) as $off
| [.line_items[] | select(.tip_payment_gateway == null) | if $off == null then whole($included) else whole($included) + left($off; $included) | select(.quantity != 0) end] as $lines
| ([$lines[].gross] | dsum) as $gross
| ([$lines[].discount] | dsum) as $discount
| if .test == true then left_out("test order")
  elif .financial_status == "voided" then left_out("voided order")
  elif .financial_status == "pending" or .financial_status == "authorized" then left_out("not paid yet")
  elif .financial_status == "expired" then left_out("never paid: the authorization expired")
  elif {"paid": 1, "partially_paid": 1, "partially_refunded": 1, "refunded": 1}[.financial_status // ""] == null then left_out("a financial_status that is not known")
  else
    { id: "order-\($order)@\($revision)", type: "sale.order", time: $time, revision: $revision,
      order_id: $order, gross: $gross, currency: $currency, discount: $discount,
      tax: (if $off == null then .total_tax else dsub(.total_tax; [$off[].total_tax] | dsum) end), shipping: (.total_shipping_price_set.shop_money.amount | if . and $included then dsub(.; $shipping_tax) else . end),
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
