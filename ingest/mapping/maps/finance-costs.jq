# Costs of the books, one row of a CSV file (header → text): entry_id, date or starts_on and ends_before, amount, currency, category, and what is
# known of cost_center, program, platform, venue, campaign, market, region, activity, hours, delivery, ledger_ref, booked_at.
# (12.50) is minus 12.50, as in accounts. booked_at orders rows that are sent again; without it a changed row is a conflict.

def filled: if . == null or . == "" then null else . end;
def amount: if startswith("(") and endswith(")") then .[1:-1] | dneg else decimal end;

((.starts_on | filled) // .date | day) as $from | ((.ends_before | filled) // ($from | day_after)) as $to | (.booked_at | filled) as $revision
| if (.amount | filled) == null then left_out("a row without an amount") else
  { id: "cost-\(.entry_id)@\($revision // $from)", type: "cost.entry", time: "\($from)T12:00:00Z", $revision, entry_id, amount: (.amount | amount), currency,
    starts_on: $from, ends_before: $to, category, cost_center, program, platform, venue, campaign, market, region, activity, hours, delivery, ledger_ref } end
