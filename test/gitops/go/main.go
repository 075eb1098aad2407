// Package main says of Kubernetes objects what GitOps tools would: Argo CD by a health check in Lua, run in the virtual
// machine and with the libraries that Argo CD gives it, and Flux by kstatus. It reads a JSON list of requests on standard
// input and writes the list of answers.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type request struct {
	Object json.RawMessage `json:"object"`
	Script string          `json:"script"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type answer struct {
	Argo    *verdict `json:"argo,omitempty"`
	Kstatus *verdict `json:"kstatus,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		fail(err)
	}
	answers := make([]answer, len(requests))
	for index, asked := range requests {
		said, err := answerTo(asked)
		if err != nil {
			said = answer{Error: err.Error()}
		}
		answers[index] = said
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(err)
	}
}

func answerTo(asked request) (answer, error) {
	// Not json.Unmarshal: kstatus wants whole numbers as int64.
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return answer{}, err
	}
	result, err := status.Compute(&object)
	if err != nil {
		return answer{}, err
	}
	health, err := runHealthCheck(asked.Script, object.Object)
	if err != nil {
		return answer{}, err
	}
	return answer{Argo: health, Kstatus: &verdict{Status: result.Status.String(), Message: result.Message}}, nil
}

// runHealthCheck runs a health check as Argo CD does: a second at most, without the libraries for strings, files and
// the operating system, and with the object as the global variable obj.
func runHealthCheck(script string, object map[string]any) (*verdict, error) {
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		open := lua.P{Fn: machine.NewFunction(library.open), Protect: true}
		if err := machine.CallByParam(open, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	machine.SetContext(limit)
	machine.SetGlobal("obj", toLua(machine, object))
	if err := machine.DoString(script); err != nil {
		return nil, err
	}
	table, ok := machine.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("the health check returned a %s", machine.Get(-1).Type())
	}
	return &verdict{Status: text(table, "status"), Message: text(table, "message")}, nil
}

func text(table *lua.LTable, key string) string {
	if value := table.RawGetString(key); value.Type() == lua.LTString {
		return value.String()
	}
	return ""
}

func toLua(machine *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := machine.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(machine, item))
		}
		return table
	case map[string]any:
		table := machine.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, toLua(machine, item))
		}
		return table
	default:
		return lua.LNil
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
