# Zendesk ticket events (webhook event schema 2022-11-06): what customers write and what agents answer.

.detail as $t | .event.comment as $c
| { id, type: "social.engagement", time, platform: "zendesk", venue: $t.via.channel, person: $t.requester_id, thread_id: "ticket-\($t.id)" } as $who
| if .type == "zen:event-type:ticket.created" then
    if $t.actor_id != null and $t.actor_id != $t.requester_id and $t.actor_id != $t.submitter_id then left_out("a ticket that an agent opened")
    else $who + { action: "message", direction: "inbound", actor: "customer" } end
  elif .type != "zen:event-type:ticket.comment_added" then left_out("no ticket and no comment")
  elif $c.is_public == false then left_out("an internal note")
  elif $c.author.is_staff == true then $who + { action: "reply", direction: "outbound", actor: "employee", text_hash: ($c.body | text_hash) }
  elif $c.author.id != $t.requester_id then left_out("a comment of somebody else than the requester")
  else $who + { action: "message", direction: "inbound", actor: "customer" } end
