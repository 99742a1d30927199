# olist.jq: a lead has first_contact_date, a deal won_date. Times are Brazilian.
def iso: split("-") | "\(.[2])-\(.[1])-\(.[0])";
if .won_date then
  { id: "deal-\(.mql_id)", type: "sale.order", time: "\(.won_date | sub(" "; "T"))-03:00", order_id: .mql_id, visitor: .mql_id,
    customer: .seller_id, gross: .declared_monthly_revenue, currency: "BRL", market: "BR", channel: "partner" }
elif .first_contact_date then
  { id: "lead-\(.mql_id)", type: "web.visit", time: "\(.first_contact_date | iso)T12:00:00-03:00", visitor: .mql_id,
    utm_source: .origin, landing_url: "/\(.landing_page_id)", market: "BR" }
else left_out("neither lead nor deal") end
