package sandbox

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the empty border around a code that scanners need, in modules.
const quietZone = 4

// qrCode is a QR code as vector graphics: a square of Size by Size modules and the path of the dark ones.
type qrCode struct {
	Size int
	Path string
}

func newQRCode(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrCode{}, err
	}
	modules := code.Bounds().Dx()
	var path strings.Builder
	for y := range modules {
		for x := 0; x < modules; x++ {
			length := 0
			for x+length < modules && code.At(x+length, y) == color.Black {
				length++
			}
			if length > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, length, length)
				x += length
			}
		}
	}
	return qrCode{Size: modules + 2*quietZone, Path: path.String()}, nil
}
