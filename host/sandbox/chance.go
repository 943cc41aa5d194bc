package sandbox

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
)

// chance makes what looks random follow from the seed and from what it is for. It depends on nothing else, so a run can be
// repeated however its requests overlap.
func chance(seed uint64, purpose ...string) *rand.Rand {
	hash := fnv.New128a()
	for _, word := range purpose {
		io.WriteString(hash, word)
		hash.Write([]byte{0})
	}
	sum := hash.Sum(nil)
	var high, low uint64
	for i := range 8 {
		high, low = high<<8|uint64(sum[i]), low<<8|uint64(sum[i+8])
	}
	return rand.New(rand.NewPCG(seed^high, low))
}

func (s *Server) chance(purpose ...string) *rand.Rand {
	return chance(s.faults.seedNumber(), purpose...)
}
