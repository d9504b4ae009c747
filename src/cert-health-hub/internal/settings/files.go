package settings

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Files is a directory of the program's own for PEM that stands in the configuration itself. A setting
// that names a file may hold its contents instead: the deployment of a hub has CA certificates as
// values, and not as files.
type Files struct{ directory string }

// NewFiles makes a directory that only its owner can read.
func NewFiles() (*Files, error) {
	directory, err := os.MkdirTemp("", "cert-health-hub-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for certificates of the configuration: %w", err)
	}
	return &Files{directory}, nil
}

// Remove removes the directory.
func (f *Files) Remove() error { return os.RemoveAll(f.directory) }

// keep writes PEM to a file and returns its path.
func (f *Files) keep(text string) (string, error) {
	if block, _ := pem.Decode([]byte(text)); block == nil {
		return "", errors.New("it begins like PEM, but has no complete block of it")
	}
	file, err := os.CreateTemp(f.directory, "*.pem")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	return file.Name(), errors.Join(err, file.Close())
}

// armour is how PEM begins. No path does.
const armour = "-----BEGIN "

// keepAll replaces all PEM in a value by the paths of files. It returns the paths of the settings that
// are wrong, and why.
func (f *Files) keepAll(value reflect.Value, path string, wrong func(path string, err error)) {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			f.keepAll(value.Elem(), path, wrong)
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if field := value.Type().Field(i); field.IsExported() {
				f.keepAll(value.Field(i), below(path, field), wrong)
			}
		}
	case reflect.Slice:
		for i := range value.Len() {
			f.keepAll(value.Index(i), fmt.Sprintf("%s[%d]", path, i), wrong)
		}
	case reflect.String:
		if text := strings.TrimSpace(value.String()); value.CanSet() && strings.HasPrefix(text, armour) {
			kept, err := f.keep(text + "\n")
			if err != nil {
				wrong(path, err)
			}
			value.SetString(filepath.Clean(kept))
		}
	}
}

// below is the path of a field. A field without a key of its own has that of its struct.
func below(path string, field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return strings.Trim(path+"."+key, ".")
}
