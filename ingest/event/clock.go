package event

import "time"

// The years that a business event can lie in.
const (
	firstYear = 1900
	lastYear  = 2199
)

// parseTime reads an RFC 3339 time with an offset and returns microseconds since
// 1970 UTC; smaller fractions are cut off.
func parseTime(text []byte) (int64, bool) {
	// 2026-03-02T10:15:00Z is the shortest form.
	if len(text) < 20 || text[10] != 'T' && text[10] != 't' && text[10] != ' ' {
		return 0, false
	}
	days, ok := parseDate(text[:10])
	if !ok || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	hour, okHour := twoDigits(text[11:], 23)
	minute, okMinute := twoDigits(text[14:], 59)
	second, okSecond := twoDigits(text[17:], 60)
	if !okHour || !okMinute || !okSecond {
		return 0, false
	}
	i := 19
	var micros, unit int64 = 0, 100_000
	if text[i] == '.' {
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			micros += int64(text[i]-'0') * unit
			unit /= 10
		}
		if i == 20 {
			return 0, false
		}
	}
	offset, ok := parseOffset(text[i:])
	if !ok {
		return 0, false
	}
	seconds := days*86400 + hour*3600 + minute*60 + second - offset
	return seconds*1_000_000 + micros, true
}

// parseOffset reads Z or ±hh:mm and returns seconds east of UTC.
func parseOffset(text []byte) (int64, bool) {
	if len(text) == 1 && (text[0] == 'Z' || text[0] == 'z') {
		return 0, true
	}
	if len(text) != 6 || text[0] != '+' && text[0] != '-' || text[3] != ':' {
		return 0, false
	}
	hours, okHours := twoDigits(text[1:], 23)
	minutes, okMinutes := twoDigits(text[4:], 59)
	if !okHours || !okMinutes {
		return 0, false
	}
	offset := hours*3600 + minutes*60
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func twoDigits(text []byte, most int64) (int64, bool) {
	if text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9' {
		return 0, false
	}
	n := int64(text[0]-'0')*10 + int64(text[1]-'0')
	return n, n <= most
}

// parseDate reads 2026-03-02 and returns days since 1970-01-01.
func parseDate(text []byte) (int64, bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	century, ok1 := twoDigits(text, 99)
	years, ok2 := twoDigits(text[2:], 99)
	month, ok3 := twoDigits(text[5:], 12)
	day, ok4 := twoDigits(text[8:], 31)
	year := century*100 + years
	if !ok1 || !ok2 || !ok3 || !ok4 || year < firstYear || year > lastYear || month == 0 || day == 0 {
		return 0, false
	}
	if day > 28 && day > daysIn(year, month) {
		return 0, false
	}
	return civilDays(year, month, day), true
}

func daysIn(year, month int64) int64 {
	return int64(time.Date(int(year), time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day())
}

// civilDays counts days from 1970-01-01 in the Gregorian calendar, by the
// arithmetic on 400-year eras of Howard Hinnant, "chrono-Compatible Low-Level
// Date Algorithms", days_from_civil.
func civilDays(year, month, day int64) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	yearOfEra := year - era*400
	shifted := (month + 9) % 12
	dayOfYear := (153*shifted+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}
