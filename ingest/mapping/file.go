package mapping

import "strings"

// IsFile says whether a map's name is the path of an own one.
func IsFile(name string) bool {
	return strings.HasSuffix(name, ".jq") || strings.ContainsAny(name, `/\`)
}
