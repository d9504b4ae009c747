module cloud.google.com/go/monitoring

go 1.26

require google.golang.org/api v0.221.0
