package people

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"time"

	"cert-health/hub/internal/db"
)

// Device is the login of a program that waits for a person in a browser.
type Device struct {
	DeviceCode string // for PollDevice; it is secret
	UserCode   string // what the person compares
	URL        string // where the person confirms
	Expires    time.Time
	Interval   time.Duration // between two polls
}

const (
	deviceTime   = 10 * time.Minute
	pollInterval = 5 * time.Second
	// letters make no words, and none looks like another: 20^8 codes.
	letters    = "BCDFGHJKLMNPQRSTVWXZ"
	codeLength = 8
)

// userCode is a random code, such as BCDF-GHJK.
func userCode() string {
	var code strings.Builder
	for i := range codeLength {
		if i == codeLength/2 {
			code.WriteByte('-')
		}
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters)))) // it never fails
		code.WriteByte(letters[n.Int64()])
	}
	return code.String()
}

// plainCode is the code that a person has typed.
func plainCode(typed string) string {
	var code strings.Builder
	for _, letter := range strings.ToUpper(typed) {
		if strings.ContainsRune(letters, letter) && code.Len() < codeLength+1 {
			if code.Len() == codeLength/2 {
				code.WriteByte('-')
			}
			code.WriteRune(letter)
		}
	}
	return code.String()
}

// StartDevice begins the login of a program at an address.
func (s *Service) StartDevice(ctx context.Context, address string) (Device, error) {
	if !s.Methods().Device {
		return Device{}, errors.New("this hub has no login; use it without")
	}
	from := network(address)
	if after := s.guard.devices.wait(from); after > 0 {
		return Device{}, &WaitError{after}
	}
	s.guard.devices.count(from)
	now := s.Now()
	d := Device{DeviceCode: random(), UserCode: userCode(), Expires: now.Add(deviceTime), Interval: pollInterval}
	d.URL = strings.TrimRight(s.ExternalURL, "/") + "/device?" + url.Values{"user_code": {d.UserCode}}.Encode()
	return d, s.Store.AddDevice(ctx, db.Device{Hash: hashOf(d.DeviceCode), Code: d.UserCode, Client: address, Expires: d.Expires}, now)
}

// PollDevice returns a token when the person has confirmed. Before that it is ErrPending, and
// ErrExpired when the code is not valid any more.
func (s *Service) PollDevice(ctx context.Context, code string) (Issued, error) {
	device, err := s.Store.TakeDevice(ctx, hashOf(code), s.Now())
	switch {
	case errors.Is(err, db.ErrNotFound):
		return Issued{}, ErrExpired
	case err != nil:
		return Issued{}, err
	case device.Person == "":
		return Issued{}, ErrPending
	}
	owner := Person{Name: device.Person, Role: Role(device.Role)}
	_, issued, err := s.issue(ctx, owner, "command line at "+device.Client, owner.Role, s.Now().Add(s.Options.SessionTime))
	return issued, err
}

// confirm lets the program of a code log in as a person.
func (s *Service) confirm(ctx context.Context, person Person, code string) error {
	if err := s.tryCode(person); err != nil {
		return err
	}
	err := s.Store.ConfirmDevice(ctx, code, person.Name, string(person.Role), s.Now())
	if errors.Is(err, db.ErrNotFound) {
		s.guard.users.count(person.Name)
		return ErrExpired
	}
	if err == nil {
		s.note(ctx, "login", person.Name, code, "%s lets a command line log in with the code %s", person.Name, code)
	}
	return err
}

// deny makes a code invalid.
func (s *Service) deny(ctx context.Context, person Person, code string) error {
	if err := s.tryCode(person); err != nil {
		return err
	}
	err := s.Store.RemoveDevice(ctx, code)
	if errors.Is(err, db.ErrNotFound) {
		s.guard.users.count(person.Name)
		return ErrExpired
	}
	return err
}

// tryCode limits how often a person may guess.
func (s *Service) tryCode(person Person) error {
	if after := s.guard.users.wait(person.Name); after > 0 {
		return &WaitError{after}
	}
	return nil
}
