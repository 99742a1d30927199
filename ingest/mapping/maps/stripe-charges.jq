# Stripe charges alone: charge.* webhooks without refund events, or charge objects as the API lists them. Not beside the map stripe.
# amount_refunded is cumulative. A webhook says what it was before, so the difference is exact. A listed object does not: there the
# cumulative amount is one adjustment that the next replaces: its total is exact, its day is the charge's. polled_at, added by the poller, says which is
# the next; without it that is the larger one, so that a refund that failed later would stay.

def code: ascii_upcase;
# Stripe counts ISK and UGX in hundredths and MGA in ones, against ISO 4217.
def money($currency): ($currency | code) as $c | if $c == "ISK" or $c == "UGX" then dshift(-2) elif $c == "MGA" then . else from_minor($c) end;
def id_of: if type == "object" then .id else . end;
# The shop's number of the order, where the shop gave it to Stripe; the payment itself else.
def reference: .metadata.order_id? // .metadata.order_number? // (.balance_transaction | id_of);
# A card that was there was there in a store. Of other payments Stripe does not say where the order was placed.
def channel: .metadata.channel? // (if .payment_method_details.type == "card_present" or .payment_method_details.type == "interac_present" then "store" else null end);
def order($id; $revision): .currency as $c | {
  $id, type: "sale.order", time: (.created | from_seconds), $revision, order_id: .id,
  gross: ((.amount_captured // .amount) | money($c)), currency: ($c | code), channel: channel, customer: (.customer | id_of),
  email: (.billing_details.email // .receipt_email), market: .billing_details.address.country, ledger_ref: reference };
def refunded($id; $key; $time; $revision; $minor): .currency as $c | {
  $id, type: "sale.adjustment", $time, $revision, order_id: .id, adjustment_id: $key, kind: "refund", amount: ($minor | money($c)), currency: ($c | code) };

if .livemode == false then left_out("test mode")
elif .object == "charge" then
  if .status != "succeeded" or .captured == false then left_out("a charge that is not captured") else
    order("\(.id)@\(.polled_at // .amount_captured // .amount)"; .polled_at // .amount_captured // .amount),
    (select(.amount_refunded > 0 or .polled_at != null) | (.polled_at // .amount_refunded) as $revision
      | refunded("\(.id)-refunded@\($revision)"; "\(.id)-refunded"; .created | from_seconds; $revision; .amount_refunded))
  end
else
  .id as $id | (.created | from_seconds) as $at | .type as $type | .data.previous_attributes.amount_refunded as $before
  | .data.object
  | if $type == "charge.refunded" then
      if $before == null then error("charge.refunded without data.previous_attributes.amount_refunded: the difference is not known")
      else refunded($id; "\(.id)-\($id)"; $at; $at; .amount_refunded - $before) end
    elif ($type == "charge.succeeded" or $type == "charge.captured" or $type == "charge.updated") and .status == "succeeded" and .captured != false then order($id; $at)
    else left_out("no captured charge and no refund of one") end
end
