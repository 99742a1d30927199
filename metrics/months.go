package metrics

// A Month is what one month of a program earned that would not have come without it, with the parts of its error that it
// shares with others; all in one currency.
//
// PilotSE is how many units of its pilot's error the month carries, with PilotDF degrees of freedom (0: normal): all
// months that rest on Pilot, of whatever program, share that error. TransportSE is what carrying a result to others
// adds, LaunchSE the error of the program's launches, which have their donors in common: either is shared by all months
// of Program. Signs count: a month that the pilot lowers takes the opposite sign.
type Month struct {
	Program, Pilot        string
	Margin                float64
	PilotSE, PilotDF      float64
	TransportSE, LaunchSE float64
}

// SumOfMonths answers: what have these months earned together, after each of them, and between which bounds?
//
// Every error that is shared is one draw, wherever it is used; see CumulativeBounds, whose closed form this is. The months may be
// those of one program, of several, or of a company. A month in which nothing is known is the zero Month.
func SumOfMonths(months []Month, level float64) ([]Interval, error) {
	errors := make(map[string]Interval)
	contributions := make([]Contribution, len(months))
	for i, m := range months {
		shared := make(map[string]float64)
		for _, part := range []struct {
			name   string
			se, df float64
		}{{"pilot " + m.Pilot, m.PilotSE, m.PilotDF}, {"transport " + m.Program, m.TransportSE, 0}, {"launches " + m.Program, m.LaunchSE, 0}} {
			if part.se == 0 {
				continue
			}
			if _, ok := errors[part.name]; !ok {
				errors[part.name] = NewInterval(0, 1, part.df, level)
			}
			shared[part.name] = part.se
		}
		contributions[i] = Contribution{Mean: m.Margin, Shared: shared}
	}
	return CumulativeBounds(contributions, errors, level)
}
