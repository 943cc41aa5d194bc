package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

const maximumDepth = 32

// object is a JSON object as decodeObject reads it: strings, json.Numbers, booleans, nil, objects and lists.
type object = map[string]any

// decodeObject reads a JSON object in which no name occurs twice at any level: two readers of one signed text must not
// see two amounts.
func decodeObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("the text is not UTF-8")
	}
	if !json.Valid(data) {
		return nil, errors.New("the text is not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	value, err := decodeValue(decoder, 1)
	if err != nil {
		return nil, err
	}
	result, ok := value.(object)
	if !ok {
		return nil, errors.New("the text is not a JSON object")
	}
	return result, nil
}

func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delimiter, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth > maximumDepth {
		return nil, fmt.Errorf("the JSON is nested more than %d levels deep", maximumDepth)
	}
	if delimiter == '[' {
		return decodeList(decoder, depth)
	}
	return decodeMembers(decoder, depth)
}

func decodeList(decoder *json.Decoder, depth int) (any, error) {
	list := []any{}
	for decoder.More() {
		value, err := decodeValue(decoder, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := decoder.Token()
	return list, err
}

func decodeMembers(decoder *json.Decoder, depth int) (any, error) {
	members := object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string)
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("the name %.40q occurs twice in one object", name)
		}
		if members[name], err = decodeValue(decoder, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return members, err
}

// encode writes JSON as the gateway does: compact, and without the HTML escapes that encoding/json puts in.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
