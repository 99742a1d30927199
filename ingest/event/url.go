package event

import "bytes"

// cleanURL keeps scheme, host, path and the utm_* parameters of an address. Queries carry
// e-mail addresses, names and session ids, which must not reach the disk; so do users and fragments.
func (r *Row) cleanURL(text []byte) []byte {
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
		if len(parameter) > 4 && bytes.EqualFold(parameter[:4], []byte("utm_")) {
			r.scratch = append(append(r.scratch, separator), parameter...)
			separator = '&'
		}
	}
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}
