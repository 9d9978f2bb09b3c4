package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

type argoHealth struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// Argo CD gives a script the object as `obj`, one second, and few libraries: these are fewer still.
func argo(script string, found *unstructured.Unstructured) (argoHealth, error) {
	health := argoHealth{}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, library := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		state.Push(state.NewFunction(library))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(limit)
	text, err := json.Marshal(found)
	if err != nil {
		return health, err
	}
	object, err := luajson.Decode(state, text)
	if err != nil {
		return health, err
	}
	state.SetGlobal("obj", object)
	if err := state.DoString(script); err != nil {
		return health, err
	}
	result, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return health, fmt.Errorf("expected the script to return a table, found %s", state.Get(-1).Type())
	}
	text, err = luajson.Encode(result)
	if err != nil {
		return health, err
	}
	return health, json.Unmarshal(text, &health)
}
