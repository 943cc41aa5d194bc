package main

import "testing"

func runSeed(t *testing.T, o options) *report {
	t.Helper()
	o.workers = 2
	r, err := simulate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRecordsMatch is the short form of the simulation. Seeds that once failed stay here.
func TestRecordsMatch(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		r := runSeed(t, options{payments: 100, seed: seed, only: -1})
		if len(r.differences) > 0 {
			t.Errorf("the records differ:\n%s", r.text())
		}
		if r.paid == 0 || r.failed == 0 || r.cancelled == 0 || r.refunds == 0 || r.crashes == 0 || r.refused == 0 {
			t.Errorf("hardly anything happened:\n%s", r.text())
		}
	}
}

func TestARunFollowsFromItsSeed(t *testing.T) {
	one, two := runSeed(t, options{payments: 60, seed: 5, only: -1}), runSeed(t, options{payments: 60, seed: 5, only: -1})
	if one.text() != two.text() {
		t.Errorf("got\n%s\nand\n%s", one.text(), two.text())
	}
	if other := runSeed(t, options{payments: 60, seed: 6, only: -1}); other.digest == one.digest {
		t.Error("another seed has the same records")
	}
}

// TestPlantedFaultsAreFound plants a fault in the service, each of a kind that loses or doubles something.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, name := range plantNames() {
		t.Run(name, func(t *testing.T) {
			if r := runSeed(t, options{payments: 100, seed: 3, only: -1, plant: name}); len(r.differences) == 0 {
				t.Errorf("nobody noticed:\n%s", r.text())
			}
		})
	}
}
