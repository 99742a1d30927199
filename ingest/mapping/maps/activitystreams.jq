# ActivityStreams 2.0 as an ActivityPub inbox gets it; received_at, added by whoever keeps the inbox, stands in where an activity has no published.

def id_of: if type == "object" then .id else . end;
def engagement($undo): (.object | id_of) as $object
  | { type: "social.engagement", platform: "fediverse", person: (.actor | id_of), undo: (if $undo then true else null end) }
  + if .type == "Like" then { action: "like", content_id: $object }
    elif .type == "Announce" then { action: "share", content_id: $object }
    elif .type == "Follow" then { action: "follow", venue: $object }
    elif .type == "Create" and (.object | type) == "object" then .object
      | if .inReplyTo then { action: "reply", content_id: .inReplyTo, thread_id: (.context // .inReplyTo), in_reply_to: .inReplyTo }
        else { action: "mention", content_id: .id } end
    else {} end;

.id as $id | (.published // .received_at) as $time
| (if .type == "Undo" then .object | if type == "object" then engagement(true) else {} end else engagement(false) end) as $e
| if $e.action == null then left_out("an activity that is no engagement")
  elif .type == "Undo" and $e.action == "reply" then left_out("an undone reply")
  else $e + { id: (if .type == "Create" then .object.id else $id end), $time, person: ($e.person // (.actor | id_of)) } end
