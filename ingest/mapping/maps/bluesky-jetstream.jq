# Bluesky Jetstream (version 2, JSON): likes, reposts, follows, replies, quotes, mentions.
# A deletion names no subject, so it withdraws nothing that could be found; it is left out and counted.

.did as $did | .commit as $c | .commit.record as $r | "at://\(.did)/\(.commit.collection)/\(.commit.rkey)" as $uri
| { id: $uri, type: "social.engagement", time: (.time_us | from_micros), platform: "bluesky", person: $did } as $who
| if .kind != "commit" then left_out("no commit")
  elif $c.operation == "delete" then left_out("a deletion, which does not say of what")
  elif $c.operation != "create" then left_out("an update")
  elif $c.collection == "app.bsky.feed.like" then $who + { action: "like", content_id: $r.subject.uri }
  elif $c.collection == "app.bsky.feed.repost" then $who + { action: "share", content_id: $r.subject.uri }
  elif $c.collection == "app.bsky.graph.follow" then $who + { action: "follow", venue: $r.subject }
  elif $c.collection == "app.bsky.feed.post" then
    $r.langs[0]? as $language
    | if $r.reply.parent.uri then $who + { action: "reply", content_id: $r.reply.root.uri, thread_id: $r.reply.root.uri, in_reply_to: $r.reply.parent.uri, $language, text_hash: ($r.text | text_hash) }
      elif ($r.embed.record.uri // $r.embed.record.record.uri?) then $who + { action: "share", content_id: ($r.embed.record.uri // $r.embed.record.record.uri), $language }
      elif any($r.facets[]?.features[]?; .did != null) then $who + { action: "mention", content_id: $uri, $language }
      else left_out("a post that answers and mentions nobody") end
  else left_out("another collection") end
