# Net revenue as the books say, one row of a CSV file (header → text): month, or starts_on and ends_before; currency, net_revenue, market, closed, booked_at.
# booked_at orders rows that are sent again; without it a changed figure is a conflict.

def filled: if . == null or . == "" then null else . end;
def amount: if startswith("(") and endswith(")") then .[1:-1] | dneg else decimal end;

((.starts_on | filled) // "\(.month)-01") as $from | ((.ends_before | filled) // ($from | month_after)) as $to | (.booked_at | filled) as $revision
| { id: "ledger-\($from)-\($to)-\(.currency)-\(.market | filled)@\($revision // $from)-\(.closed | filled)", type: "ledger.total", time: "\($from)T12:00:00Z", $revision,
    starts_on: $from, ends_before: $to, currency, net_revenue: (.net_revenue | amount), market,
    closed: (.closed | filled | if . == null then null else ascii_downcase | (. == "true" or . == "yes" or . == "1") end) }
