package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pki names the files that makePKI wrote, and signs further certificates. Everything in it is thrown away
// with the cluster.
type pki struct {
	caCert, servingCert, servingKey, serviceAccountKey string
	caPEM                                              []byte
	ca                                                 *x509.Certificate
	caKey                                              *ecdsa.PrivateKey // in memory only
}

// makePKI writes one authority, one serving certificate for loopback and one key that signs service
// account tokens. Certificates are valid for ten days, from an hour ago because clocks differ.
func makePKI(dir string) (*pki, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "controlplane-ca"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	serving := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	files := &pki{
		ca:                ca,
		caCert:            filepath.Join(dir, "ca.crt"),
		servingCert:       filepath.Join(dir, "serving.crt"),
		servingKey:        filepath.Join(dir, "serving.key"),
		serviceAccountKey: filepath.Join(dir, "service-account.key"),
	}
	var err error
	if files.caKey, _, err = newKey(); err != nil {
		return nil, err
	}
	servingKey, servingKeyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	_, serviceAccountKeyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	if files.caPEM, err = files.sign(ca, files.caKey); err != nil {
		return nil, err
	}
	servingPEM, err := files.sign(serving, servingKey)
	if err != nil {
		return nil, err
	}
	for file, content := range map[string][]byte{
		files.caCert:            files.caPEM,
		files.servingCert:       servingPEM,
		files.servingKey:        servingKeyPEM,
		files.serviceAccountKey: serviceAccountKeyPEM,
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// signIn gives an identity a certificate in its user's name.
func (p *pki) signIn(who *identity) error {
	key, keyPEM, err := newKey()
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: who.User, Organization: who.Groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	who.key = keyPEM
	who.certificate, err = p.sign(template, key)
	return err
}

// newKey makes a key and its PEM.
func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// sign completes the template for the owner of the key and returns the certificate as PEM.
func (p *pki) sign(template *x509.Certificate, owner *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(10 * 24 * time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, &owner.PublicKey, p.caKey)
	if err != nil {
		return nil, fmt.Errorf("failed to sign the certificate of %s: %w", template.Subject.CommonName, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
