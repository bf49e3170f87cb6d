output "certificate_arn" {
  description = "ARN of the certificate, known once it is validated."
  value       = aws_acm_certificate_validation.this.certificate_arn
}

output "domain_name" {
  description = "Name under which the mock answers."
  value       = aws_route53_record.alias.name
}

output "zone_id" {
  description = "ID of the hosted zone."
  value       = data.aws_route53_zone.this.zone_id
}
