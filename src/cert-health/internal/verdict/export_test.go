package verdict

// Row is what is fixed about a code, for tests.
type Row struct {
	Code     Code
	Title    string
	HasWords bool
}

// Rows are the rows of the table.
func Rows() (rows []Row) {
	for _, row := range table {
		rows = append(rows, Row{row.code, row.title, row.words != nil})
	}
	return rows
}

// CauseRows tells of each cause of an untrusted leaf whether it has words and steps.
func CauseRows() (complete []bool) {
	for _, row := range causeTable {
		complete = append(complete, row.words != nil && row.steps != nil)
	}
	return complete
}
