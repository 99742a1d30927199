package event

import (
	"bytes"
	"strings"
)

// ClickParameters are the query parameters by which ad platforms mark their clicks, in lower case. What they hold names a
// click, as the field click_id does; sql/intermediate/int_click_parameters_named.sql says whose they are.
var ClickParameters = []string{
	"gclid", "gbraid", "wbraid", "dclid", "msclkid", "fbclid", "igshid", "ttclid", "twclid", "li_fat_id", "epik", "rdt_cid", "sccid",
}

// cleanURL keeps scheme, host, path and the utm_* parameters of an address, and its click ids where asked to. Queries carry
// e-mail addresses, names and session ids, which must not reach the disk; so do users and fragments.
func (r *Row) cleanURL(text []byte, clickIDs bool) []byte {
	text, _, _ = bytes.Cut(text, []byte("#"))
	address, query, _ := bytes.Cut(text, []byte("?"))
	start := len(r.scratch)
	if scheme, rest, ok := bytes.Cut(address, []byte("://")); ok {
		host, path := rest, []byte(nil)
		if slash := bytes.IndexByte(rest, '/'); slash >= 0 {
			host, path = rest[:slash], rest[slash:]
		}
		if at := bytes.LastIndexByte(host, '@'); at >= 0 {
			host = host[at+1:]
		}
		r.scratch = append(append(r.scratch, scheme...), "://"...)
		r.scratch = append(append(r.scratch, host...), path...)
	} else {
		r.scratch = append(r.scratch, address...)
	}
	separator := byte('?')
	for len(query) > 0 {
		var parameter []byte
		parameter, query, _ = bytes.Cut(query, []byte("&"))
		if len(parameter) > 4 && bytes.EqualFold(parameter[:4], []byte("utm_")) || clickIDs && isClickID(parameter) {
			r.scratch = append(append(r.scratch, separator), parameter...)
			separator = '&'
		}
	}
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}

// isClickID says whether a parameter with its value is a click id.
func isClickID(parameter []byte) bool {
	name, value, _ := bytes.Cut(parameter, []byte("="))
	if len(value) == 0 {
		return false
	}
	for _, known := range ClickParameters {
		if len(name) == len(known) && strings.EqualFold(string(name), known) {
			return true
		}
	}
	return false
}
