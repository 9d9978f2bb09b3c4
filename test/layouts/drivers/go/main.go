// Command session-libraries drives scs: JSON requests on standard input, one answer for each on standard output.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alexedwards/scs/v2"
)

type request struct {
	Op       string   `json:"op"`
	Library  string   `json:"library"`
	URL      string   `json:"url"`
	Table    string   `json:"table"`
	ID       string   `json:"id"`
	IDs      []string `json:"ids"`
	Ago      float64  `json:"agoSeconds"`
	Lifetime *float64 `json:"lifetimeSeconds"`
}

type answer struct {
	OK          bool     `json:"ok"`
	Unsupported bool     `json:"unsupported,omitempty"`
	Error       string   `json:"error,omitempty"`
	Key         string   `json:"key,omitempty"`
	IDs         []string `json:"ids,omitzero"`
}

// A library's store, with the library's own clean-up.
type opened struct {
	store scs.Store
	clean func() error
	close func()
}

var errUnsupported = errors.New("unsupported")

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	var current *opened
	for lines.Scan() {
		var req request
		result := answer{}
		err := json.Unmarshal(lines.Bytes(), &req)
		if err == nil {
			result, err = perform(&current, req)
		}
		result.OK = err == nil
		result.Unsupported = errors.Is(err, errUnsupported)
		if err != nil && !result.Unsupported {
			result.Error = err.Error()
		}
		if err := out.Encode(result); err != nil {
			os.Exit(1)
		}
	}
}

func perform(current **opened, req request) (answer, error) {
	if req.Op == "open" || req.Op == "close" {
		if *current != nil {
			(*current).close()
			*current = nil
		}
		if req.Op == "close" {
			return answer{}, nil
		}
		var err error
		*current, err = open(req)
		return answer{}, err
	}
	if *current == nil {
		return answer{}, errors.New("expected open first")
	}
	switch req.Op {
	case "migrate":
		// The README of each store has the table to make by hand.
		return answer{}, errUnsupported
	case "save":
		return save((*current).store, req)
	case "live":
		return live((*current).store, req.IDs)
	case "clean":
		return answer{}, (*current).clean()
	}
	return answer{}, fmt.Errorf("unknown request %q", req.Op)
}

// The library's tokens are 32 random bytes in this alphabet; these are the same in each process.
func tokenOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func save(store scs.Store, req request) (answer, error) {
	if req.Lifetime == nil {
		return answer{}, errUnsupported
	}
	expiry := time.Now().Add(time.Duration((*req.Lifetime - req.Ago) * float64(time.Second)))
	data, err := scs.GobCodec{}.Encode(expiry, map[string]any{"id": req.ID})
	if err != nil {
		return answer{}, err
	}
	token := tokenOf(req.ID)
	return answer{Key: token}, store.Commit(token, data, expiry)
}

func live(store scs.Store, ids []string) (answer, error) {
	manager := scs.New()
	manager.Store = store
	found := []string{}
	for _, id := range ids {
		session, err := manager.Load(context.Background(), tokenOf(id))
		if err != nil {
			return answer{}, err
		}
		if manager.GetString(session, "id") == id {
			found = append(found, id)
		}
	}
	return answer{IDs: found}, nil
}
