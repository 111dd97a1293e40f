// Takes the place of the file of gitleaks' rule generator that tries each rule on its
// own examples: here they are only kept.
package utils

import "github.com/zricethezav/gitleaks/v8/config"

type Case struct {
	Rule, Text, Path string
	Positive         bool
}

var Cases []Case

func Validate(rule config.Rule, truePositives []string, falsePositives []string) *config.Rule {
	for _, text := range truePositives {
		Cases = append(Cases, Case{rule.RuleID, text, "", true})
	}
	for _, text := range falsePositives {
		Cases = append(Cases, Case{rule.RuleID, text, "", false})
	}
	return &rule
}

func ValidateWithPaths(rule config.Rule, truePositives map[string]string, falsePositives map[string]string) *config.Rule {
	for path, text := range truePositives {
		Cases = append(Cases, Case{rule.RuleID, text, path, true})
	}
	for path, text := range falsePositives {
		Cases = append(Cases, Case{rule.RuleID, text, path, false})
	}
	return &rule
}
