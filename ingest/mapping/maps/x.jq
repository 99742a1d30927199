# X API v2 posts by polling (tweet.fields=created_at,public_metrics): the posts and their counters. polled_at, added by the poller, is when.

.polled_at as $at
| (.data | if type == "array" then .[] else . end)
| .id as $id | .public_metrics as $m
| { id: "content-\($id)", type: "social.content", time: .created_at, platform: "x", content_id: $id, language: .lang, format: "text" },
  ({ likes: $m.like_count, shares: $m.retweet_count, quotes: $m.quote_count, comments: $m.reply_count, saves: $m.bookmark_count, impressions: $m.impression_count }
    | keys[] as $metric | .[$metric] | select(. != null)
    | { id: "\($id)-\($metric)@\($at)", type: "social.counter", time: $at, platform: "x", metric: $metric, value: ., content_id: $id })
