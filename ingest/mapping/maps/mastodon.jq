# Mastodon notifications (client API v1 and its stream, Mastodon 4.x): what others did to the account's posts.

{ "favourite": "like", "reblog": "share", "follow": "follow", "mention": "mention", "quote": "share" }[.type] as $action
| if $action == null then left_out("a notification that is no engagement") else
    { id: "notification-\(.id)", type: "social.engagement", time: .created_at, platform: "mastodon", person: .account.id, language: .status.language }
    + if .type == "mention" then
        (if .status.in_reply_to_id then { action: "reply", content_id: .status.in_reply_to_id, thread_id: .status.in_reply_to_id } else { action: "mention", content_id: .status.id } end)
      else { action: $action, content_id: .status.id } end
  end
