package repair_test

import "cert-health/internal/report/terminal"

func style() terminal.Style { return terminal.Style{Width: 80} }
