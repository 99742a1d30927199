package main

import (
	"context"
	"net/url"
	"strings"

	"tieback/ingest/event"
	"tieback/ingest/registry"
)

// registrySettings say where the schemas of messages are that are not plain JSON; write secrets as ${VARIABLE}.
type registrySettings struct {
	// URL is one address, or several with commas between them, which are tried in turn. Empty: every message is plain JSON.
	URL      string `yaml:"url"`
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	Token    string `yaml:"token"`
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// faults lists what is wrong with the settings; it never shows a secret.
func (r registrySettings) faults() faultList {
	var faults faultList
	add := func(text string) { faults.at("schema_registry", "schema_registry: %s", text) }
	if r.URL == "" && r != (registrySettings{}) {
		add("url is missing")
	}
	for _, address := range r.urls() {
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			add("url must be an address such as https://registry.example.com:8081")
		case u.User != nil:
			add("write user and password as settings of their own, not into url, which is shown in errors")
		}
	}
	if r.Token != "" && (r.User != "" || r.Password != "") {
		add("token, or user and password, not both")
	}
	if r.User == "" && r.Password != "" {
		add("password without user")
	}
	if (r.CertFile == "") != (r.KeyFile == "") {
		add("cert_file and key_file belong together")
	}
	return faults
}

func (r registrySettings) urls() []string {
	if r.URL == "" {
		return nil
	}
	list := strings.Split(r.URL, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// translator is ingest.Runner.Translate.
type translator = func(context.Context, *event.Message) (*event.Message, error)

// translate is what reads messages that name a schema, nil where no registry is set.
func (a *app) translate(s *settings) (translator, error) {
	r := s.SchemaRegistry
	if r.URL == "" {
		return nil, nil
	}
	schemas, err := registry.New(registry.Config{URLs: r.urls(), User: r.User, Password: r.Password, Token: r.Token,
		CAFile: r.CAFile, CertFile: r.CertFile, KeyFile: r.KeyFile, Patience: a.patience})
	if err != nil {
		return nil, err
	}
	return schemas.Translate, nil
}
