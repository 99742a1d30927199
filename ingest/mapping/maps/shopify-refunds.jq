# Shopify refunds/create (Admin REST webhook, API version 2025-04; older ones too): what a refund takes from revenue. That is the money given back, less
# what in it was no revenue: tax, shipping, duties, tips. Where the customer was paid in another currency than the shop's: the goods in the shop's money,
# less what was withheld. A refund without money is not the customer's: what it takes off the order is in shopify-orders.

def given: .transactions[]? | select(.kind == "refund" and (.status == "success" or .status == "pending"));
def of($shop): if $shop then .shop_money.amount else .presentment_money.amount end;
def total(f): [f] | dsum;
def goods: .refund_line_items[]? | select(.line_item.tip_payment_gateway == null);
def withheld: .order_adjustments[]? | select(.kind != "shipping_refund");

# Since 2024-10 shipping stands in refund_shipping_lines, before in order_adjustments, to which its tax is added; payloads with both say it twice.
def shipping($shop):
  if (.refund_shipping_lines | length) > 0
  then { amount: total(.refund_shipping_lines[] | .subtotal_amount_set | of($shop)), tax: total(.refund_shipping_lines[] | .tax_amount_set | of($shop) // 0), added: 0 }
  else [.order_adjustments[]? | select(.kind == "shipping_refund")]
    | { amount: (total(.[] | (.amount_set | of($shop)) // .amount) | dneg), tax: 0, added: (total(.[] | (.tax_amount_set | of($shop)) // .tax_amount // 0) | dneg) }
  end;

# The parts of a refund in the shop's money or in the customer's.
def parts($shop): {
  goods: total(goods | (.subtotal_set | of($shop)) // .subtotal),
  tips: total(.refund_line_items[]? | select(.line_item.tip_payment_gateway != null) | (.subtotal_set | of($shop)) // .subtotal),
  tax: total(.refund_line_items[]? | (.total_tax_set | of($shop)) // .total_tax // 0),
  shipping: shipping($shop),
  duties: total(.duties[]? | .amount_set | of($shop) // 0),
  withheld: total(withheld | (.amount_set | of($shop)) // .amount), withheld_tax: total(withheld | (.tax_amount_set | of($shop)) // .tax_amount // 0)
};
def without_tax: [.goods, .tips, .shipping.amount, .shipping.added, .duties, (.withheld | dneg), (.withheld_tax | dneg)] | dsum;

[given] as $transactions
| total($transactions[].amount) as $given
| ([(.refund_line_items[]? | .subtotal_set), (.order_adjustments[]? | .amount_set), (.refund_shipping_lines[]? | .subtotal_amount_set), (.duties[]? | .amount_set)
   | .shop_money.currency_code | select(.)][0] // $transactions[0].currency) as $shop
| ($transactions[0].currency // $shop) as $currency
| parts(false) as $parts
# Whether prices include tax no refund says: they do where the parts add up to the money without it.
| (dcmp($given; $parts | without_tax) == 0) as $included
| (if $currency == $shop
   then dsub($given; [$parts.tax, $parts.tips, $parts.shipping.amount, $parts.shipping.added, (if $included then 0 else $parts.shipping.tax end), $parts.duties, ($parts.withheld_tax | dneg)] | dsum)
   else parts(true) | dsub(dsub(.goods; if $included then .tax else 0 end); .withheld)
   end) as $taken
| if any(.transactions[]?; .test == true) then left_out("test refund")
  elif ($transactions | length) == 0 and any(.transactions[]?; .kind == "void") then left_out("a payment that was only authorized is given up")
  elif ($transactions | length) == 0 then left_out("no money moved: what it takes off the order is in the order's next update")
  elif dcmp($taken; 0) == 0 then left_out("a refund of shipping, tax, duties or tips alone, which are no revenue")
  else { id: "refund-\(.id)", type: "sale.adjustment", time: (.processed_at // .created_at), revision: .created_at,
    order_id: .order_id, adjustment_id: "refund-\(.id)", kind: "refund", amount: $taken, currency: $shop }
  end
