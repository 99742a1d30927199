# Shopify refunds/create (Admin REST webhook, API version 2025-04): what a refund takes from revenue.
# That is the money given back, less the tax and the shipping in it; where no money moved, the value of the lines.

def total(f): [f] | dsum;

[.transactions[]? | select(.kind == "refund" and (.status == "success" or .status == "pending"))] as $given
| .refund_line_items[0].subtotal_set.shop_money.currency_code as $shop
| ($given[0].currency // $shop) as $currency
| total(.order_adjustments[]? | select(.kind == "shipping_refund") | .amount, (.tax_amount // 0)) as $shipping
| (if ($given | length) == 0 or ($shop != null and $shop != $currency) then { amount: total(.refund_line_items[]?.subtotal), currency: $shop }
   else { amount: dadd(dsub(total($given[].amount); total(.refund_line_items[]?.total_tax // 0)); $shipping), $currency } end) as $taken
| if any(.transactions[]?; .test == true) then left_out("test refund")
  elif dcmp($taken.amount; 0) == 0 then left_out("a refund of shipping or tax alone, which are no revenue")
  else { id: "refund-\(.id)", type: "sale.adjustment", time: (.processed_at // .created_at), revision: .created_at,
    order_id: .order_id, adjustment_id: "refund-\(.id)", kind: "refund", amount: $taken.amount, currency: $taken.currency }
  end
