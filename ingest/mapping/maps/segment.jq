# Segment (Spec: page, track with the E-Commerce events): visits, orders, refunds, cancellations.
# The net amount of an order is its subtotal: after discounts, without tax and shipping; gross adds the discount again. Senders without one fill in total and
# revenue in different ways (the Spec's own example has revenue before its discount), so that the total less tax and shipping comes first. A total that names
# neither is no more than what the products cost (bounded).

def amount: if . == null then null else dround(4) end;
def goods: [.products[]?] | if length == 0 or any(.[]; .price == null) then null else map(dmul(.price; .quantity // 1)) | dsum end;
def bounded: if .tax != null or .shipping != null then . else goods as $goods | if $goods != null and dcmp($goods; .total) < 0 then .total = $goods else . end end;
def net:
  if .subtotal != null then .subtotal
  elif .total != null then bounded | dsub(dsub(.total; .tax // 0); .shipping // 0)
  elif .revenue != null then .revenue
  else .discount as $discount | goods | if . == null then null else dsub(.; $discount // 0) end end | amount;
def host: if . then split("/")[2] else null end;
def lines($order; $id; $time; $currency): foreach .products[]? as $p (0; . + 1; . as $n | $p
  | if .price == null then left_out("a product without a price") else
    { id: "\($id)-\($n)", type: "sale.line", $time, order_id: $order, line_id: $n, sku: (.sku // .product_id // .name),
      quantity: (.quantity // 1), gross: (dmul(.price; .quantity // 1) | amount), discount: (.discount | amount), $currency } end);

.messageId as $id | .timestamp as $time | (.userId // null) as $user | .anonymousId as $visitor | .context as $c
| if .type == "page" then
    (.properties.url // $c.page.url) as $url | (.properties.referrer // $c.page.referrer) as $referrer
    | if ($c.campaign.source // null) == null and ($referrer | host) == ($url | host) and $referrer != null and $referrer != "" then left_out("a page within a visit")
      else { $id, type: "web.visit", $time, visitor: ($visitor // $user), customer: $user, landing_url: $url, $referrer,
        utm_source: $c.campaign.source, utm_medium: $c.campaign.medium, utm_campaign: $c.campaign.name,
        click_id: ($url | url_param("gclid") // url_param("fbclid") // url_param("ttclid") // url_param("li_fat_id")) } end
  elif .type != "track" then left_out("neither page nor track")
  elif .event == "Order Completed" then
    .properties | (.order_id | if . == null then null else tostring end) as $order | .currency as $currency
    | ({ $id, type: "sale.order", $time, order_id: $order, gross: net, currency, discount: (.discount | amount), tax: (.tax | amount), shipping: (.shipping | amount),
        customer: $user, email: ($c.traits.email // .email), visitor: $visitor, coupon, market: $c.location.country_code?, channel: "web",
        utm_source: $c.campaign.source, utm_medium: $c.campaign.medium, utm_campaign: $c.campaign.name }
      | .gross = (if .gross == null then null else dadd(.gross; .discount // 0) end)),
    lines($order; $id; $time; $currency)
  elif .event == "Order Updated" then left_out("an order update: some senders send it before the order is complete")
  elif .event == "Order Refunded" then
    .properties | { $id, type: "sale.adjustment", $time, order_id, adjustment_id: $id, kind: "refund", amount: net, currency }
  elif .event == "Order Cancelled" then
    .properties | { $id, type: "sale.adjustment", $time, order_id, adjustment_id: "cancel-\(.order_id)", kind: "cancel", amount: net, currency }
  else left_out("a track event that is no order") end
