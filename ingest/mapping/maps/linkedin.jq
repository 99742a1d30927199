# LinkedIn organizationalEntityShareStatistics by polling (Community Management API, version 202501 and later), lifetime figures.
# polled_at, added by the poller, is when. Figures of a time range are not cumulative and are left out.

.polled_at as $at
| .elements[] | (.ugcPost // .share) as $post | .organizationalEntity as $venue
| if .timeRange then left_out("figures of a time range") else
    .totalShareStatistics
    | { likes: .likeCount, comments: .commentCount, shares: .shareCount, clicks: .clickCount, impressions: .impressionCount, reach: .uniqueImpressionsCount }
    | keys[] as $metric | .[$metric] | select(. != null)
    | { id: "\($post // $venue)-\($metric)@\($at)", type: "social.counter", time: $at, platform: "linkedin", metric: $metric, value: ., content_id: $post, $venue }
  end
