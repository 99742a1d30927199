# YouTube Data API v3 videos.list or channels.list by polling (part=snippet,statistics). polled_at, added by the poller, is when.

.polled_at as $at
| .items[] | .id as $id | .statistics as $s | (.kind == "youtube#channel") as $channel
| (if $channel then { followers: (if $s.hiddenSubscriberCount == true then null else $s.subscriberCount end), views: $s.viewCount }
   else { views: $s.viewCount, likes: $s.likeCount, comments: $s.commentCount } end) as $counters
| (if $channel then null else .snippet | select(.) | { id: "content-\($id)", type: "social.content", time: .publishedAt, platform: "youtube", content_id: $id, venue: .channelId, language: .defaultAudioLanguage, format: "video" } end | select(.)),
  ($counters | keys[] as $metric | .[$metric] | select(. != null)
    | { id: "\($id)-\($metric)@\($at)", type: "social.counter", time: $at, platform: "youtube", metric: $metric, value: ., content_id: (if $channel then null else $id end), venue: (if $channel then $id else null end) })
