package budget

// Grouped writes a number with a comma between thousands.
func Grouped(n int) string { return grouped(n) }
