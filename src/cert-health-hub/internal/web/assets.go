package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed assets/*.js assets/*.css assets/*.svg
var assetFiles embed.FS

// contentType is the type of a file in assets.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	default:
		return "image/svg+xml"
	}
}

// assets are the embedded files, by the path under which a page names them. The path holds a part of
// the file's checksum, so that browsers may keep a file forever.
type assets struct {
	files map[string]asset  // by URL path
	paths map[string]string // URL path by file name
}

type asset struct {
	plain, zipped []byte
	contentType   string
}

func loadAssets() (*assets, error) {
	names, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		return nil, fmt.Errorf("list the embedded assets: %w", err)
	}
	all := &assets{files: map[string]asset{}, paths: map[string]string{}}
	for _, name := range names {
		contents, err := assetFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded asset %s: %w", name, err)
		}
		zipped, err := zip(contents)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(contents)
		base, ext := path.Base(name), path.Ext(name)
		at := "/assets/" + strings.TrimSuffix(base, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		all.files[at] = asset{contents, zipped, contentType(base)}
		all.paths[base] = at
	}
	return all, nil
}

// path is the URL path of a file.
func (a *assets) path(name string) (string, error) {
	at, ok := a.paths[name]
	if !ok {
		return "", fmt.Errorf("no asset has the name %s", name)
	}
	return at, nil
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	body := file.plain
	if takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		body = file.zipped
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // a browser that went away needs no answer
}

// takesGzip tells whether the client reads gzip.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func zip(contents []byte) ([]byte, error) {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(contents); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}
