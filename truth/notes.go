package truth

// Why rows are as they are.
const (
	noteNear   = "Off the target by less than two Monte Carlo errors: more worlds would tell."
	noteNeyman = "Effects differ from person to person. The variance of a difference is an upper bound then (Neyman, 1923), so the interval is somewhat wide."

	noteSpillover = "A treated person also moves a friend, who is as often in the control as not. The difference of the arms leaves that out and falls short by more than a fifth. " +
		"Assign friends together, or whole regions."
	noteSomeLost = "A tenth of the treated who bought nothing are one in fourteen of all treated. The result moves by a third, and the check of the arms' sizes, at p below .001, sees three such pilots in ten at this size: " +
		"it finds gross faults, not small ones."
	noteBroken = "The check of the arms' sizes sees it and withholds the decision, whatever the interval says."

	noteSequential = "The interval holds at every look, and pays with its width. The bias is that of what is read when the decision is made: a decision to stop comes where the estimate is low."
	noteOrdinary   = "For comparison: an ordinary 90 % interval that is looked at every evening decides wrongly in about half of all pilots."
	noteSofar      = "Until the last look the interval is about the lift so far, against all of the cost: it may say that the pilot has paid already, and only at the end that it never will."
	noteHasty      = "Found by these worlds, and mended: running pilots were stopped because what they had brought so far did not cover their whole cost. A sequential pilot is now stopped only when its window is over."
	noteCohort     = "The spending boundary needs weeks that point to the whole window. Where purchases are pulled forward the first weeks are the best, and what they point to is too much. " +
		"The product looks at cohorts with the confidence sequence on what came so far."

	noteHeadroom = "Only the lower bound counts. It is one end of a 90 % interval, so it should lie above the truth in at most 5 of 100 worlds; it is the estimate here, hence the bias. " +
		"Right: more may be spent where the program has truly earned it, and not elsewhere; undecided: it has earned it, but not yet for certain. Where the program does less than its pilot did, the bound is too high slightly more often."
	noteFactorRough   = "The program does less than its pilot did, month by month, so what is carried is too high: by a sixth over the year, by a third in the last month. The transport error of 20 % that the product adds covers most of that."
	noteCompanyFactor = "The pilot cared for everybody all the time. The program reaches fans now and then, and works on for two weeks without a trace, so its margin per credit is truly higher than the pilot's, by more than " +
		"the 20 % that the product allows for: a month by itself is missed often, the sum over months less so. " +
		"A month's credit is also a few orders, whose own error the interval leaves out: with it a month is held in 62 of 100 worlds of the development seed instead of 51. In the worlds without an answer the rule credited too little; the warehouse then goes by cost, which is not measured here."

	noteCredit = "Fans are touched more and buy more, coupons go to those who buy anyway, advertising follows buyers: most of what a rule credits was not caused. " +
		"The decisions are those of somebody who takes credit for return."
	noteValue = "The interval is about the expectation under the model, as if the model were true. Here people leave by the calendar, demand has seasons and a few baskets are huge; the interval is far too narrow. Customer value is grade D."

	noteLevel = "The prior of the errors is CausalImpact's: a fifth of the outcome's variance before the start, with the weight of 50 weeks beside 40 that were seen. Where these were calm by chance the interval is too narrow; " +
		"with a weight of 1 week it held the truth in 90.1 % of 1,000 worlds of the development seed. The check asks for the same conclusion under a looser prior, which withholds results near the border, and those are often the right ones."
	noteAimed = "Regions were chosen because sales had just fallen, and such weeks go on: the comparison takes the fall for the program's doing. No method mends a choice by outcome. Draw regions at random."
)

var (
	notesRough = map[string]string{
		"tbr": "Shocks last, so errors of neighboring weeks are alike and the interval is too narrow. The check of that withholds nine of ten results.",
		"gbr": "It gives every region the same gain, and small regions the most weight. Where the gain is in proportion to sales it falls short by a third.",
		"bsts": "A region's own shocks last for weeks; the prior expects a level that hardly moves, so the interval is too narrow. " +
			"The second run with a looser prior withholds a fifth of the results, which is not enough.",
	}
	notesAimed    = map[string]string{"did": noteAimed, "tbr": noteAimed, "gbr": noteAimed, "sc, demeaned": noteAimed, "sdid": noteAimed, "bsts": noteAimed}
	notesFollowed = map[string]string{"bsts": noteLevel}
)
