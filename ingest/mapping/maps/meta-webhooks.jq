# Meta webhooks of a Facebook Page or an Instagram account (Graph API v21.0 to v23.0): one envelope holds many events.
# What the account itself does is outbound; remove and unreact withdraw.

def epoch: if . > 99999999999 then from_millis else from_seconds end;
def undone: if . then true else null end;

.object as $object | (if $object == "instagram" then "instagram" else "facebook" end) as $platform
| if ($object != "page" and $object != "instagram") then left_out("neither a page nor an Instagram account") else
  .entry[] | .id as $account | .time as $sent
  | (.changes[]? | .field as $field | .value
      | (.from.id // .sender_id // .reviewer_id) as $from | ($from == $account) as $own | ((.created_time // $sent) | epoch) as $time
      | { type: "social.engagement", $time, $platform, venue: $account, person: (if $own then null else $from end),
          direction: (if $own then "outbound" else "inbound" end), actor: (if $own then "brand" else "customer" end) } as $who
      | (.verb == "remove") as $undo
      | if $field == "feed" then
          if .verb != "add" and ($undo | not) then left_out("edited, hidden or shown again")
          elif .item == "comment" then
            (.parent_id == .post_id) as $top
            | $who + { id: (if $undo then "\(.comment_id)-remove" else .comment_id end), action: (if $own then "reply" else "comment" end), content_id: .post_id,
                thread_id: (if $top then .comment_id else .parent_id end), in_reply_to: (if $top then null else .parent_id end),
                undo: ($undo | undone), text_hash: (if $own then .message | text_hash else null end) }
          elif .item == "reaction" or .item == "like" and .post_id != null then
            $who + { id: ("\(.comment_id // .post_id)|\($from)|\(.reaction_type)|\($time)|\(.verb)" | text_hash), action: "like", content_id: .post_id, undo: ($undo | undone) }
          elif .item == "like" then
            $who + { id: ("\($account)|\($from)|\($time)|\(.verb)" | text_hash), action: "follow", undo: ($undo | undone) }
          elif .item == "share" and ($own | not) then
            $who + { id: "share-\(.share_id // .post_id)-\(.verb)", action: "share", content_id: (.parent_id // .post_id), undo: ($undo | undone) }
          elif $undo then left_out("a post that was removed")
          elif $own then
            { id: "content-\(.post_id)", type: "social.content", $time, $platform, content_id: .post_id, venue: $account, author: "brand",
              format: ({"status": "text", "link": "link", "photo": "photo", "video": "video", "share": "link", "album": "photo"}[.item] // .item) }
          else $who + { id: "post-\(.post_id)", action: "mention", content_id: .post_id } end
        elif $field == "comments" or $field == "live_comments" then
          $who + { id, action: (if $own then "reply" else "comment" end), content_id: .media.id, thread_id: (.parent_id // .id), in_reply_to: .parent_id,
            text_hash: (if $own then .text | text_hash else null end) }
        elif $field == "mentions" then
          $who + { id: "mention-\(.comment_id // .media_id)", action: "mention", content_id: .media_id }
        elif $field == "ratings" then
          if $undo or .verb == "add" then $who + { id: "rating-\(.open_graph_story_id)-\(.verb)", action: "review", undo: ($undo | undone) } else left_out("an edited review") end
        elif $field == "mention" then
          $who + { id: "mention-\(.comment_id // .post_id)-\(.verb)", action: "mention", content_id: .post_id, undo: ($undo | undone) }
        else left_out("a field that is no engagement") end),
    (.messaging[]? | (.timestamp | epoch) as $time | (.message.is_echo == true) as $own
      | { type: "social.engagement", $time, $platform, venue: $account, person: (if $own then .recipient.id else .sender.id end),
          direction: (if $own then "outbound" else "inbound" end), actor: (if $own then "brand" else "customer" end) } as $who
      | if .message.is_deleted == true then left_out("a message that was unsent")
        elif .message.mid then $who + { id: .message.mid, action: "message", in_reply_to: .message.reply_to.mid, text_hash: (if $own then .message.text | text_hash else null end) }
        elif .reaction then $who + { id: "\(.reaction.mid)-\(.reaction.action)-\($time)", action: "like", undo: (.reaction.action == "unreact" | undone) }
        elif .postback then $who + { id: (.postback.mid // ("\(.sender.id)|\($time)" | text_hash)), action: "click" }
        elif .referral then $who + { id: ("\(.sender.id)|\($time)|referral" | text_hash), action: "referral", paid: (if .referral.source == "ADS" then true else null end) }
        else left_out("a receipt or a change of hands") end)
  end
