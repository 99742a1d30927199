# Gorgias ticket messages (REST API message object, or an HTTP integration that sends it under message).

(.message // .)
| (.sent_datetime // .created_datetime) as $at
| { id: "message-\(.id)", type: "social.engagement", time: ($at | utc), platform: "gorgias", venue: .channel, thread_id: "ticket-\(.ticket_id)" } as $who
| if .public == false or .source.type == "internal-note" then left_out("an internal note")
  elif .failed_datetime != null then left_out("a message that was not sent")
  elif .from_agent then $who + { action: "reply", direction: "outbound", actor: (if .rule_id then "bot" else "employee" end), person: .receiver.id, text_hash: (.body_text | text_hash) }
  else $who + { action: "message", direction: "inbound", actor: "customer", person: .sender.id } end
