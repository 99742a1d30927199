# TikTok Display API v2 video.list or user.info by polling. polled_at, added by the poller, is when.

.polled_at as $at
| (.data.videos[]? | .id as $id
    | { id: "content-\($id)", type: "social.content", time: (.create_time | from_seconds), platform: "tiktok", content_id: $id, format: "video" },
      ({ likes: .like_count, comments: .comment_count, shares: .share_count, views: .view_count }
        | keys[] as $metric | .[$metric] | select(. != null)
        | { id: "\($id)-\($metric)@\($at)", type: "social.counter", time: $at, platform: "tiktok", metric: $metric, value: ., content_id: $id })),
  (.data.user | select(.) | { followers: .follower_count, likes: .likes_count }
    | keys[] as $metric | .[$metric] | select(. != null)
    | { id: "account-\($metric)@\($at)", type: "social.counter", time: $at, platform: "tiktok", metric: $metric, value: . })
