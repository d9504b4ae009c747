package served

// For the fuzz targets.
var (
	AppendSocket = appendSocket
	Container    = containerName
)
