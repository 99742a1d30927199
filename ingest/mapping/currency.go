package mapping

import (
	"fmt"
	"strings"
)

// minorPlaces says how many decimals a currency's minor unit has, where it is not 2. Source: ISO 4217, list one (2024); every other
// code of three letters counts as 2.
var minorPlaces = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// currencyPlaces is currency_places: the decimals of a currency's minor unit by ISO 4217.
func currencyPlaces(v any, _ []any) any {
	places, err := placesOf("currency_places", v)
	if err != nil {
		return err
	}
	return places
}

func placesOf(function string, v any) (int, error) {
	code, ok := v.(string)
	if !ok || len(code) != 3 {
		return 0, fmt.Errorf("%s needs a currency of three letters such as USD", function)
	}
	if places, ok := minorPlaces[code]; ok {
		return places, nil
	}
	if places, ok := minorPlaces[strings.ToUpper(code)]; ok {
		return places, nil
	}
	return 2, nil
}

// fromMinor is from_minor(currency): an amount in minor units as a decimal of the currency: 1050 from_minor("USD") is 10.50, from_minor("JPY") 1050.
func fromMinor(v any, args []any) any {
	places, err := placesOf("from_minor", args[0])
	if err != nil {
		return err
	}
	if places == 0 {
		return decimalOf(v, nil)
	}
	return shifted("from_minor", v, -places)
}
