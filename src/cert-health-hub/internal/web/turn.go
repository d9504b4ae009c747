package web

// turn leads to the other pages of a list.
type turn struct{ First, Next, Words string }

// turn leads to the other pages of a list with a number of rows in all.
func (f filter) turn(total int, noun string) turn { return f.turnBy(total, listedAPage, noun) }

func (f filter) turnBy(total, each int, noun string) turn {
	t := turn{}
	if f.page > 1 {
		t.First = f.at(1)
	}
	if total/each >= f.page && total > f.page*each {
		t.Next = f.at(f.page + 1)
	}
	from, to := min(total, (f.page-1)*each+1), min(total, f.page*each)
	t.Words = number(from) + " to " + number(to) + " of " + plural(total, noun)
	return t
}

// cut is the part of a list that a page shows.
func cut[T any](list []T, page int) []T {
	from := min(len(list), (page-1)*listedAPage)
	return list[from:min(len(list), from+listedAPage)]
}
