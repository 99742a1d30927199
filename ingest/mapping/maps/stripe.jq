# Stripe webhooks (API version 2025-03-31 and before): charges, refunds by refund object, disputes.
# A refund or dispute has one key, its id; what happens to it later restates it, so nothing counts twice in whatever order events come.

def code: ascii_upcase;
# Stripe counts ISK and UGX in hundredths and MGA in ones, against ISO 4217.
def money($currency): ($currency | code) as $c | if $c == "ISK" or $c == "UGX" then dshift(-2) elif $c == "MGA" then . else from_minor($c) end;
def id_of: if type == "object" then .id else . end;
# The shop's number of the order, where the shop gave it to Stripe; the payment itself else.
def reference: .metadata.order_id? // .metadata.order_number? // (.balance_transaction | id_of);
# A card that was there was there in a store. Of other payments Stripe does not say where the order was placed.
def channel: .metadata.channel? // (if .payment_method_details.type == "card_present" or .payment_method_details.type == "interac_present" then "store" else null end);
def adjustment($id; $at; $kind; $counts): {
  id: $id, type: "sale.adjustment", time: (.created | from_seconds), revision: ($at | from_seconds),
  order_id: (.charge | id_of), adjustment_id: .id, kind: $kind, amount: (.currency as $c | if $counts then .amount | money($c) else 0 end), currency: (.currency | code) };
def refund($id; $at): adjustment($id; $at; "refund"; .status != "failed" and .status != "canceled");

.id as $id | .created as $at | .type as $type
| if .livemode == false then left_out("test mode") else
    .data.object
    | if $type == "charge.succeeded" or $type == "charge.captured" or $type == "charge.updated" then
        if .status != "succeeded" or .captured == false then left_out("a charge that is not captured") else
        .currency as $c
        | { $id, type: "sale.order", time: (.created | from_seconds), revision: ($at | from_seconds),
            order_id: .id, gross: ((.amount_captured // .amount) | money($c)), currency: ($c | code),
            channel: channel, customer: (.customer | id_of), email: (.billing_details.email // .receipt_email), market: .billing_details.address.country,
            variable_cost: (.balance_transaction | if type == "object" and .currency == $c then .fee | money($c) else null end),
            utm_source: .metadata.utm_source?, utm_medium: .metadata.utm_medium?, utm_campaign: .metadata.utm_campaign?,
            subscription_id: (.subscription | id_of), ledger_ref: reference }
        end
      elif $type == "refund.created" or $type == "refund.updated" or $type == "refund.failed" or $type == "charge.refund.updated" then refund($id; $at)
      elif $type == "charge.refunded" then
        if (.refunds.data // [] | length) > 0 then .refunds.data[] | refund("\($id)-\(.id)"; $at)
        else left_out("charge.refunded without its refunds: they come by their own events") end
      elif $type | startswith("charge.dispute.") then
        adjustment($id; $at; "chargeback"; .status as $s | $s != "won" and $s != "prevented" and $s != "charge_refunded" and ($s | startswith("warning_") | not))
      else left_out("no charge, refund or dispute") end
  end
