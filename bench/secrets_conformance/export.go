// Prints gitleaks' own examples of its rules, a JSON object a line, each with the ids
// of the rules that gitleaks itself, with all of its rules, finds in it.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/rs/zerolog"
	"github.com/zricethezav/gitleaks/v8/cmd/generate/config/utils"
	"github.com/zricethezav/gitleaks/v8/detect"
)

type line struct {
	ID       string   `json:"id"`
	Rule     string   `json:"rule"`
	Positive bool     `json:"positive"`
	Path     string   `json:"path,omitempty"`
	Text     string   `json:"text"`
	Rules    []string `json:"rules"`
}

func main() {
	depth := flag.Int("decode-depth", 0, "how often gitleaks decodes")
	flag.Parse()
	zerolog.SetGlobalLevel(zerolog.Disabled)
	callAllRules() // in calls.go, which run.sh writes
	detector, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	detector.MaxDecodeDepth = *depth
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for number, c := range utils.Cases {
		text := strings.ToValidUTF8(c.Text, "?")
		found := map[string]bool{}
		for _, finding := range detector.Detect(detect.Fragment{Raw: text, FilePath: c.Path}) {
			found[finding.RuleID] = true
		}
		rules := make([]string, 0, len(found))
		for id := range found {
			rules = append(rules, id)
		}
		sort.Strings(rules)
		encoder.Encode(line{fmt.Sprintf("%s#%d", c.Rule, number), c.Rule, c.Positive, c.Path, text, rules})
	}
}
